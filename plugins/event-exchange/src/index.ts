/** The event exchange: io.containerd.event.v1.exchange. @packageDocumentation */

export const name: string = "@davit/plugin-event-exchange";

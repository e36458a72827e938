/** Where a daemon keeps its things when nobody says otherwise. */
export const DEFAULTS = {
  config: "/etc/davit/config.toml",
  root: "/var/lib/davit",
  state: "/run/davit",
  address: "/run/davit/davit.sock",
} as const;

/** The log of the daemon: pino with containerd's fields and text format. @packageDocumentation */
export { logLevels, parseLogLevel, type LogLevel } from "./level.ts";
export {
  createLogger,
  type LoggerOptions,
  type DaemonLogger,
  type LogFormat,
  type Logger,
  type LogLine,
  type LogSink,
} from "./logger.ts";
export { isSecretName, redacted, redactHeaders, redactUrl } from "./redact.ts";

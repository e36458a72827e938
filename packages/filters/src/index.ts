/** containerd's filter language: parse a filter and match objects against it. @packageDocumentation */
export { fieldAdaptor, type Adaptor, type Fields } from "./adaptor.ts";
export { parseFilter, parseFilters, type Filter } from "./filter.ts";
export { compileRegExp, RegExpError, type Matcher } from "./regexp.ts";

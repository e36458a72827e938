/** Text from elsewhere without control characters: what is listed must not move the cursor. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, "?");

/** A member of an archive, root's and of mode 0644 unless it is a directory (a name that ends in `/`). */
export interface Member {
  readonly name: string;
  readonly data?: string;
}

/** An archive in the ustar format (POSIX.1 pax, ustar interchange format). */
export function tar(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.flatMap(memberBlocks), Buffer.alloc(1024)]);
}

function memberBlocks({ name, data = "" }: Member): Buffer[] {
  const directory = name.endsWith("/");
  const bytes = Buffer.from(data);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(directory ? "0000755" : "0000644", 100);
  header.write("0000000", 108);
  header.write("0000000", 116);
  header.write(bytes.length.toString(8).padStart(11, "0"), 124);
  header.write("00000000000", 136);
  header.write("        ", 148); // the checksum counts as blanks
  header.write(directory ? "5" : "0", 156);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}

// node:test reporter: one JSON line with the counts of the run, and the names of what was skipped.
export default async function* results(source) {
  let counts = {};
  const skipped = [];
  for await (const event of source) {
    if (event.type === "test:summary" && event.data.file === undefined) counts = event.data.counts;
    if (event.type !== "test:pass") continue;
    const { name, skip } = event.data;
    if (skip !== undefined && skip !== false)
      skipped.push(skip === true || skip === "" ? name : `${name} (${skip})`);
  }
  yield JSON.stringify({ ...counts, skippedTests: skipped }) + "\n";
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument, wireMessage } from "@davit/errdefs";
import { fieldAdaptor, parseFilter, parseFilters } from "@davit/filters";

/** The object of the reference's truth table. */
const object = fieldAdaptor({ name: "foo", labels: { a: "1", "x.y/z": "v w" } });

const table: readonly [string, boolean][] = [
  ["", true],
  ["name", true],
  ["name==foo", true],
  ["name==bar", false],
  ["name!=bar", true],
  ["name!=foo", false],
  ["labels.b!=1", true],
  ["labels.b", false],
  ["labels.b==1", false],
  ["labels.a==1,name==foo", true],
  ["labels.a==1,name==bar", false],
  ['labels."x.y/z"=="v w"', true],
  ['"labels"."a"==1', true],
  ["name~=^f", true],
  ["name~=oo", true],
  ["name~=^o", false],
  ["name~=/^f{1,2}o/", true],
  ["name~=|^f|", true],
  ['name~="^fo+$"', true],
  ["labels.b~=/.*/", true],
  ['labels.b~="."', false],
  ["nope!=1", true],
  ["nope==1", false],
  ["nope", false],
  ["name~=((", false],
  ["name~=/(?=f)/", false],
  ["name~=/(f)\\\\1/", false],
  ["name == foo", true],
  [" name==foo", true],
  ["name==  foo", true],
  ["name\t==\nfoo", true],
  ["\u00a0name==foo", true],
  ["name,labels.a", true],
  ["name,labels.b", false],
  ["name==a/b", false],
  ["name==sha256:abc", false],
  ["name==f*o", false],
  ["name==a;b", false],
  ["name=='foo'", false],
  ['name=="foo",labels.a=="1"', true],
  ['name=="\\x66\\u006f\\157"', true],
  ['name=="\\U00000066oo"', true],
  ['name=="f\\"oo"', false],
  ["name~=/f\\/oo/", false],
];

for (const [filter, expected] of table) {
  test(`${JSON.stringify(filter)} ${expected ? "matches" : "does not match"}`, () => {
    assert.equal(parseFilter(filter)(object), expected);
  });
}

const errors: readonly [string, string][] = [
  ["labels.x.y/z", "[labels.x.y >|/|< z]: quoted literal not terminated"],
  ["labels.b~=.*", "[labels.b~= >|.|< *]: expected value or quoted"],
  ["name==foo bar", "[name==foo >| |< bar]: unexpected input:  "],
  ["name=foo", '[name >|=|< foo]: unsupported operator "="'],
  ["name!foo", '[name >|!|< foo]: unsupported operator "!"'],
  ["name=~foo", '[name >|=~|< foo]: unsupported operator "=~"'],
  ["name==", "[name==]: expected value or quoted"],
  ["bad== ", "[bad== ]: expected value or quoted"],
  ["id==", "[id==]: expected value or quoted"],
  ["name==/foo/", "[name== >|/|< foo/]: invalid quote encountered"],
  ["name==|foo|", "[name== >|||< foo|]: invalid quote encountered"],
  ["topic==/x", "[topic== >|/|< x]: quoted literal not terminated"],
  ['name=="foo', '[name== >|"|< foo]: quoted literal not terminated'],
  ['name=="foo\n"', '[name== >|"|< foo\n"]: quoted literal not terminated'],
  ["name==foo,", "[name==foo,]: expected field or quoted"],
  ["name~=,", "[name~= >|,|< ]: expected value or quoted"],
  [",name", "[ >|,|< name]: expected field or quoted"],
  ["==foo", "[ >|=|< =foo]: expected field or quoted"],
  ["name.", "[name.]: expected field or quoted"],
  ["name ", '[name ]: expected an operator ("=="|"!="|"~=")'],
  ["name foo", '[name  >|f|< oo]: expected an operator ("=="|"!="|"~=")'],
  ["name-x", '[name >|-|< x]: expected an operator ("=="|"!="|"~=")'],
  ["naïve", '[na >|ï|< ve]: expected an operator ("=="|"!="|"~=")'],
  ["name~=/\\d/", "[name~= >|/|< \\d/]: illegal escape sequence"],
  ['name=="\\x4"', '[name== >|"|< \\x4"]: illegal numeric escape sequence'],
  ['name=="\\8"', '[name== >|"|< \\8"]: illegal escape sequence'],
  ['name=="\\', '[name== >|"|< \\]: illegal escape sequence'],
  ['name=="\\777"', '[name== >|"|< \\777"]: unquoting failed: quote syntax error'],
  ['name=="\\U00110000"', '[name== >|"|< \\U00110000"]: unquoting failed: quote syntax error'],
  ["\0", "[ >|\0|< ]: unexpected null"],
  ["name==\ufffd", "[name== >|\ufffd|< ]: rune error"],
];

for (const [filter, text] of errors) {
  // The marker holds one character, also before an operator of two.
  const message = `filters: parse error: ${text.replace(">|=~|< foo", ">|=|< ~foo")}: invalid argument`;
  test(`${JSON.stringify(filter)} is InvalidArgument with containerd's text`, () => {
    for (const parse of [parseFilter, (one: string) => parseFilters(["name", one])])
      assert.throws(
        () => parse(filter),
        (err) => {
          assert.equal(wireMessage(err), message);
          return isInvalidArgument(err);
        },
      );
  });
}

test("several filters match when one of them does", () => {
  assert.equal(parseFilters(["name==bar", "labels.a==1"])(object), true);
  assert.equal(parseFilters(["name==bar", "labels.a==2"])(object), false);
  assert.equal(parseFilters(["name==bar", ""])(object), true);
});

test("no filters match everything", () => {
  assert.equal(parseFilters([])(fieldAdaptor({})), true);
});

test("bytes of a quoted value are joined to UTF-8", () => {
  assert.equal(parseFilter('name=="\\xc3\\xa9\\n"')(fieldAdaptor({ name: "é\n" })), true);
});

test("a value may hold any graphic character but a comma", () => {
  assert.equal(parseFilter("name==日本=£(x)!")(fieldAdaptor({ name: "日本=£(x)!" })), true);
});

test("an adaptor is asked with the path as written", () => {
  const paths: (readonly string[])[] = [];
  parseFilters(['event."a.b".c==x', "topic"])((fieldpath) => {
    paths.push(fieldpath);
    return undefined;
  });
  assert.deepEqual(paths, [["event", "a.b", "c"], ["topic"]]);
});

test("fieldAdaptor() counts empty strings and unknown fields as absent", () => {
  const adaptor = fieldAdaptor({ id: "", image: undefined, runtime: { name: "runc", empty: "" } });
  for (const path of [["id"], ["image"], ["none"], ["runtime"], ["runtime", "empty"], ["constructor"], []])
    assert.equal(adaptor(path), undefined, path.join("."));
  assert.equal(adaptor(["runtime", "name"]), "runc");
  assert.equal(adaptor(["runtime", "constructor"]), undefined);
});

test("fieldAdaptor() joins the rest of a path to one key of a map", () => {
  const adaptor = fieldAdaptor({ name: "foo", labels: { "io.x.y": "1" } });
  assert.equal(adaptor(["labels", "io", "x", "y"]), "1");
  assert.equal(adaptor(["labels", "io.x", "y"]), "1");
  assert.equal(adaptor(["name", "rest"]), "foo");
});

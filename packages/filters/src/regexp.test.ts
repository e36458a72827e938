import assert from "node:assert/strict";
import { test } from "node:test";
import { compileRegExp, RegExpError } from "@davit/filters";

/** Expression, texts in which it is found, texts in which it is not. */
const rows: readonly [string, readonly string[], readonly string[]][] = [
  ["", ["", "a"], []],
  ["abc", ["abc", "xabcx"], ["ab", "acb"]],
  ["^abc$", ["abc"], ["abcd", "xabc", "abc\n"]],
  ["a.c", ["abc", "a😀c"], ["ac", "a\nc"]],
  ["(?s)a.c", ["a\nc"], ["ac"]],
  ["(?m)^b$", ["a\nb\nc", "b"], ["ab"]],
  ["a*b+c?", ["b", "aab", "abc"], ["a"]],
  ["^a*?b+?c??$", ["b", "abbc"], ["a"]],
  ["^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]],
  ["^a{2}$", ["aa"], ["a", "aaa"]],
  ["^a{2,}$", ["aa", "aaaaa"], ["a"]],
  ["^a{,2}$", ["a{,2}"], ["aa"]],
  ["^x{0}y$", ["y"], ["xy"]],
  ["^(a|bc|)$", ["a", "bc", ""], ["b", "abc"]],
  ["^(?:ab)+$", ["ab", "abab"], ["aba"]],
  ["^(?P<x>a)(?<y>b)$", ["ab"], ["a"]],
  ["^[a-c]+$", ["abc"], ["abd"]],
  ["^[^a-c]+$", ["xyz", "\n"], ["xa"]],
  ["^[]a]+$", ["]a"], ["b"]],
  ["^[a-]+$", ["a-"], ["b"]],
  ["^[\\d\\-x]+$", ["1-x"], ["y"]],
  ["^[[:alpha:]_]+$", ["aZ_"], ["1"]],
  ["^[[:^digit:]]+$", ["ab"], ["1"]],
  ["^[[:]+$", ["[:"], ["a"]],
  ["^\\d\\D\\s\\S\\w\\W$", ["1a b_-"], ["11 b_-"]],
  ["^\\pL\\p{Lu}\\p{Greek}\\P{L}\\p{^L}$", ["aBα11"], ["aBa11"]],
  ["^\\x41\\x{1F600}\\101\\012$", ["A😀A\n"], ["A"]],
  ["^\\a\\f\\t\\n\\r\\v\\.\\/\\-$", ["\x07\f\t\n\r\v./-"], ["a"]],
  ["^\\Qa.b*\\E+$", ["a.b*", "a.b**"], ["axb"]],
  ["\\Qa.b", ["a.b"], ["axb"]],
  ["\\bfoo\\b", ["a foo b", "foo"], ["afoo", "foob"]],
  ["\\Boo", ["foo"], ["oo"]],
  ["\\Afoo\\z", ["foo"], ["foo\n"]],
  ["(?i)^FoO[x-z]\\w$", ["fooYk", "FOOx\u212a"], ["fooa1", "fox"]],
  ["(?i)^[^a]$", ["b"], ["a", "A"]],
  ["(?i)^k\\W$", ["\u212a-", "K "], ["kk"]],
  ["^(?i:a)b$", ["ab", "Ab"], ["aB"]],
  ["^a(?i)b|c$", ["aB", "xC"], ["A"]],
  ["(?i)a(?-i)b", ["Ab"], ["AB"]],
  ["(?U)^a+$", ["aa"], ["b"]],
  ["^(a*)*$", ["", "aaa"], ["b"]],
  ["(^a|b$)", ["ax", "xb"], ["xax"]],
  ["^*a", ["a"], ["b"]],
  // Flags between an atom and its repetition are no obstacle in RE2.
  ["^a(?i)*b$", ["b", "aaB"], ["Ab"]],
  ["^(?:(?:){1000}){1000}a$", ["a"], ["b"]],
  ["日本", ["x日本x"], ["日x本"]],
];

for (const [pattern, found, absent] of rows) {
  test(`/${pattern}/ finds what RE2 finds`, () => {
    const matches = compileRegExp(pattern);
    for (const text of found) assert.equal(matches(text), true, JSON.stringify(text));
    for (const text of absent) assert.equal(matches(text), false, JSON.stringify(text));
  });
}

const refused = [
  "(",
  ")",
  "a)",
  "(a",
  "((",
  "*",
  "a|*",
  "(*)",
  "+a",
  "?",
  "{2}",
  "a**",
  "a+*",
  "a{2}{3}",
  "a{2,1}",
  "a{1001}",
  "[",
  "[a",
  "[]",
  "[b-a]",
  "[a-\\d]",
  "[[:foo:]]",
  "[[:Alpha:]]",
  "\\",
  "\\1",
  "\\8",
  "\\C",
  "\\Z",
  "\\y",
  "\\x",
  "\\x{110000}",
  "\\p{Nope}",
  "\\pQ",
  "\\p",
  "(?=a)",
  "(?!a)",
  "(?<=a)",
  "(?<!a)",
  "(?>a)",
  "(?P=x)",
  "(?P<x>a)(?P<x>b)",
  "(?x)a",
  "(?-)",
  "(?i-:a)",
  "\\é",
  "(a{1000}){1000}",
  "a".repeat(20_000),
  "(".repeat(1500) + ")".repeat(1500),
];

for (const pattern of refused) {
  test(`/${pattern.slice(0, 30)}/ is refused`, () => {
    assert.throws(() => compileRegExp(pattern), RegExpError);
  });
}

test("an expression that is exponential for a backtracker takes no time", () => {
  const start = performance.now();
  assert.equal(compileRegExp("^(a+)+$")(`${"a".repeat(4000)}b`), false);
  assert.equal(compileRegExp("(x+x+)+y")("x".repeat(2000)), false);
  assert.ok(performance.now() - start < 2000);
});

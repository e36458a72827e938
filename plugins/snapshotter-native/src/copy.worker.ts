import { serveRequests } from "@davit/snapshot-storage";
import { copyTree } from "./copy-tree.ts";

serveRequests(({ from, to }: { readonly from: string; readonly to: string }) => copyTree(from, to));

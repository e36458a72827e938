import { removeTree } from "./remove-tree.ts";
import { serveRequests } from "./serve.ts";

serveRequests(removeTree);

import assert from "node:assert/strict";
import { test } from "node:test";
import { uriOf } from "@davit/plugin";
import { TasksService } from "@davit/tasks";

test("the service is known by containerd's name", () => {
  assert.equal(uriOf(TasksService), "io.containerd.service.v1.tasks-service");
});

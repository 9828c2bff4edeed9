/**
 * Walks over params with their path text.
 *
 * @module
 */
import { partsOf } from "../base/tree.ts";
import { BaseParam } from "./param.ts";
import { StaticParam } from "./static_param.ts";

/** A param and where it is. */
export interface PathAndParam {
  /** Path text such as `.layers[0].nn.weight`. */
  readonly path: string;
  /** The param. */
  readonly param: BaseParam | StaticParam;
}

/** All params of a tree in order; one reached twice is listed twice. */
export function paramsOf(tree: unknown): PathAndParam[] {
  const found: PathAndParam[] = [];
  const visit = (x: unknown, path: string): void => {
    if (x instanceof BaseParam || x instanceof StaticParam) {
      found.push({ path, param: x });
      return;
    }
    const parts = partsOf(x);
    parts?.children.forEach((c, i) => visit(c, path + parts.key(i)));
  };
  visit(tree, "");
  return found;
}

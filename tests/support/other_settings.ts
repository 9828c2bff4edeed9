/**
 * Preloaded before tests, makes the default device what it is not by default,
 * and splits even the smallest operation over two threads:
 * `deno test --preload tests/support/other_settings.ts`. All tests must pass
 * then as well.
 */
import { setDefaultDevice } from "../../src/devices.ts";
import { openTeam } from "../device/wasm/team_kit.ts";

setDefaultDevice({ ...openTeam("plain", 2), finiteMath: true });

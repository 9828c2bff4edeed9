/**
 * The registry of devices: the only way by which the floors above know them.
 * Nothing is opened at import; wasm opens itself on first use.
 *
 * @module
 */
import { DeviceError } from "./base/errors.ts";
import type { Device, DeviceInfo } from "./device/device.ts";
import { openReference, type Precision } from "./device/reference/mod.ts";

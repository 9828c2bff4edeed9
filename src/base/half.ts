/**
 * Floats of 16 bits, which JavaScript's arrays did not have for long, as floats
 * of 32 bits: every such number is one exactly.
 */

/** The values of IEEE 754 half floats (numpy's `f2`, safetensors' `F16`). */
export function fromHalf(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

/** The values of bfloat16, the upper halves of 32-bit floats. */
export function fromBfloat(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(bits, (b) => b << 16).buffer);
}

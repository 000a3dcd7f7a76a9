const polynomial = 0x82f63b78

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit += 1)
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1
  return remainder
})

/** Returns the CRC-32C (Castagnoli) checksum that record batches carry, as an unsigned 32-bit number. */
export const crc32c = (bytes: Uint8Array): number => {
  let checksum = -1
  for (let at = 0; at < bytes.length; at += 1) checksum = table[(checksum ^ bytes[at]!) & 0xff]! ^ (checksum >>> 8)
  return (checksum ^ -1) >>> 0
}

import { utf8 } from "./octets";

// crc16 is the frame check of ISO 3309 (CRC-16/X-25), as 4 hexadecimal digits in upper
// case, over ASCII characters (profile IP-14).
export function crc16(text: string): string {
  let crc = 0xffff;
  for (const octet of utf8(text)) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  return (crc ^ 0xffff).toString(16).toUpperCase().padStart(4, "0");
}

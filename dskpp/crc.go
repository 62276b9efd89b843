package dskpp

// crc16 is CRC-16/X-25, the frame check of ISO 3309 (IP-14): polynomial 0x1021
// reflected, initial value and final exclusive or 0xFFFF. Its check value is 0x906E
// for "123456789".
func crc16(s string) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range []byte(s) {
		crc ^= uint16(c)
		for range 8 {
			lsb := crc & 1
			crc >>= 1
			if lsb != 0 {
				crc ^= 0x8408
			}
		}
	}
	return ^crc
}

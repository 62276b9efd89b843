package applet

// The tags.
const (
	tagTransaction = 0x80
	tagRole        = 0x81
	tagAlgorithm   = 0x82
	tagText        = 0x83
	tagContent     = 0x84
	tagService     = 0x85
	tagForm        = 0x86
	tagHead        = 0x87
	tagTail        = 0x88
	tagNonce       = 0x89
	tagControl     = 0x8A
	tagEvent       = 0x8B
	tagSeconds     = 0x8C
	tagFlags       = 0x8D
	tagLanguage    = 0x8E

	tagResult    = 0x90
	tagPublic    = 0x91
	tagSignature = 0x92
	tagCard      = 0x93
	tagTries     = 0x94
)

// flagAcknowledge wants the person to confirm a message that is shown.
const flagAcknowledge = 0x01

// put appends a TLV; one without a value is left out.
func put(dst []byte, tag byte, value []byte) []byte {
	n := len(value)
	switch {
	case n == 0:
		return dst
	case n < 0x80:
		dst = append(dst, tag, byte(n))
	case n <= 0xFF:
		dst = append(dst, tag, 0x81, byte(n))
	default:
		dst = append(dst, tag, 0x82, byte(n>>8), byte(n)) //nolint:gosec // callers bound it far below 65536
	}
	return append(dst, value...)
}

// octet is the value of a number that is left out when it is 0.
func octet(b byte) []byte {
	if b == 0 {
		return nil
	}
	return []byte{b}
}

// field is a TLV that was read.
type field struct {
	tag   byte
	value []byte
}

// fields reads TLVs whose tags ascend; ok is false when anything is otherwise. What
// was read before that is returned as well.
func fields(b []byte) (all []field, ok bool) {
	for len(b) > 0 {
		n, head := length(b)
		if n <= 0 || n > len(b)-head || len(all) > 0 && b[0] <= all[len(all)-1].tag {
			return all, false
		}
		all = append(all, field{b[0], b[head : head+n]})
		b = b[head+n:]
	}
	return all, true
}

// length reads the length of a TLV in its shortest form, and that of what stands before its
// value; n is -1 when there is none.
func length(b []byte) (n, head int) {
	switch {
	case len(b) >= 2 && b[1] < 0x80:
		return int(b[1]), 2
	case len(b) >= 3 && b[1] == 0x81 && b[2] >= 0x80:
		return int(b[2]), 3
	case len(b) >= 4 && b[1] == 0x82 && b[2] > 0:
		return int(b[2])<<8 | int(b[3]), 4
	}
	return -1, 0
}

// Package cmac computes AES-CMAC (NIST SP 800-38B; RFC 4493), the message authentication code that secured
// packets, key provisioning and cryptograms share. It holds no key and no state: a caller that checks many
// messages under one key keeps the cipher.Block.
package cmac

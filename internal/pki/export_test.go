package pki_test

import "time"

// pause is how far apart lists are at least; see package pki.
const pause = 11 * time.Second

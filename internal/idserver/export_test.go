package idserver

import "github.com/countersign-auth/countersign/internal/payment"

// Names reports whether a text says what a payment is.
func Names(text string, p payment.Payment) bool { return names(text, p) }

// Package wallet has a phone that pays with tokens, and the devices that it needs for that: a watch, a car, a bracelet. They speak the real protocol
// and make real cryptograms.
//
//	Wallet  the application of a primary device: tokens, keys, a log of what it paid
//	Peer    a link to a device that is near
//	Thing   a secondary device: what it keeps for tokens, and what it answers
//
// A wallet counts by itself what its keys have left, as the server does, and asks for the next one in time ([Wallet.Wants]). What a secondary gave is kept
// as long as the profile says, and then deleted ([Wallet.Forget]). A part that is for another device is passed on when that device is near,
// and forgotten.
//
// It knows the protocols and nothing of the server.
package wallet

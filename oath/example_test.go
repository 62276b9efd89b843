package oath_test

import (
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// An event-based token that was pressed twice since the last login.
func ExampleHOTP() {
	token, err := oath.NewHOTP([]byte("12345678901234567890"), oath.HOTPOptions{Digits: 6})
	if err != nil {
		fmt.Println(err)
		return
	}
	stored := uint64(5) // the next counter that we would accept
	code, err := oath.Canonical("２８７ ９２２")
	if err != nil {
		fmt.Println(err)
		return
	}
	if counter, ok := token.Find(code, stored, 10); ok {
		stored = counter + 1 // UPDATE … WHERE counter <= $counter
		fmt.Println("accepted at", counter)
	}
	_, again := token.Find(code, stored, 10)
	fmt.Println("again:", again)
	// Output:
	// accepted at 6
	// again: false
}

// A time-based token whose clock is a step behind ours.
func ExampleTOTP() {
	token, err := oath.NewTOTP([]byte("12345678901234567890"), oath.TOTPOptions{Digits: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := oath.Window{Steps: 1, MaxDrift: 10}
	if m, ok := token.Find("94287082", time.Unix(60, 0), w); ok {
		w.From, w.Drift = m.Step+1, m.Drift // store both
		fmt.Printf("step %d, drift %d\n", m.Step, m.Drift)
	}
	_, again := token.Find("94287082", time.Unix(60, 0), w)
	fmt.Println("again:", again)
	// Output:
	// step 1, drift -1
	// again: false
}

// A challenge, answered by a token that the customer unlocked with a PIN.
func ExampleOCRA() {
	suite, err := oath.ParseSuite("OCRA-1:HOTP-SHA256-8:QN08-PSHA1")
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := oath.NewOCRA(suite, []byte("12345678901234567890123456789012"))
	if err != nil {
		fmt.Println(err)
		return
	}
	in := oath.Input{Question: "11111111", PIN: suite.HashPIN("1234")}
	code, err := token.Code(in)
	fmt.Println(code, err)
	_, ok, err := token.Find(code, in, 1, oath.Window{})
	fmt.Println(ok, err)

	in.Question = "111111111"
	_, err = token.Code(in)
	fmt.Println(err)
	// Output:
	// 01501458 <nil>
	// true <nil>
	// oath: the OCRA question has 9 characters: the suite takes exactly 8 decimal digits
}

// A suite that is wrong names the part that is.
func ExampleParseSuite() {
	_, err := oath.ParseSuite("OCRA-1:HOTP-SHA1-6:QN08-T0H")
	fmt.Println(err)
	// Output:
	// oath: OCRA suite: time step "T0H" at position 25: must be T with 1-59 and S or M, or 1-48 and H, without leading zero
}

// What people type, and what becomes of it.
func ExampleCanonical() {
	fmt.Println(oath.Canonical(" 755-224 "))
	fmt.Println(oath.Canonical("12345678901234567890"))
	// Output:
	// 755224 <nil>
	//  oath: the code has more than 10 digits: type only the digits that the token shows, once
}

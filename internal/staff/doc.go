// Package staff keeps the people of the bank who use the console: what their role
// permits, how they log in, and their sessions.
//
// # Permissions
//
// One table, permission to roles, in role.go; [Can] reads it. Pages and routes
// name a [Permission], never a role.
//
// # States of a member
//
//	           Create            Enroll
//	(none) ───────────► invited ────────► active ◄──Enable── disabled
//	                       ▲                │  │                ▲
//	                       └──── Reset ─────┘  └─── Disable ────┘      (Reset and Disable from any state)
//
// Nobody sets another's password: Create and Reset give an invitation code that
// its owner turns into a password and a TOTP key of their own. The last active
// administrator can be neither disabled, reset nor demoted.
//
// # Login
//
// One act: login, password and TOTP code together, one answer for everything that
// may be wrong. Password (Argon2id, package argon) and code (RFC 6238, steps of
// 30 s, one step of tolerance) are checked outside any transaction; an unknown
// login does the same work against a dummy. Then one settlement claims the
// attempt (package limit: five failures, 15 minutes), consumes the time step by
// compare-and-swap, clears the counter and makes the session. So a code works
// once however many try it at once, and N wrong guesses count N up to the block.
// [Roster.Reauthenticate] is the same for a session that exists, and [Roster.Prove]
// for an act outside the console, without a session.
//
// Acts that are carried out long after somebody asked for them are checked again by
// [Permit], with the role and status of that moment.
//
// # Sessions
//
// A token of 256 random bits, stored as SHA-256. It ends after 15 minutes without
// use, 12 hours after login, by logout, when the member is disabled, reset or
// changes the password, or when somebody ends it. Every login and every
// re-authentication makes a new token and kills the old one. Sensitive acts need
// [Session.Fresh]: proved within five minutes (SCA-74). Use is noted every half
// minute, so the idle limit may strike up to half a minute early, never late. None
// outlives the restoration of a backup, nor does an invitation ([Restored]).
//
// # Tables
//
// staff and staff_session. Every change, login and failed login is recorded.
//
// # Threats
//
// Guessing: counters, and the line of package argon. Enumeration: one answer,
// equal work; only the audit log knows the reason. Locking out a colleague on
// purpose: the block ends by itself after 15 minutes, any other administrator can
// clear it, and sessions that exist go on. A stolen database: tokens and
// invitations are hashed, TOTP keys sealed. A stolen session: idle and absolute
// limits, freshness for what matters.
package staff

// Package movein takes customers over from the server that a bank leaves: who they
// are, how to reach them, the tokens that they hold, with their counters and the drift of
// their clocks, and their password hashes.
//
// # A file
//
// CSV with a line that names the columns, or JSON, one object a line. Both are read
// once and row by row. A row is one customer; one that has nothing but a number, tokens and a password
// adds these to a customer who is here already. [columns] and [object] are the two forms;
// docs/operating/moving-in.md is for people.
//
// # What becomes of a row
//
// Everything in it, or nothing: a customer whose token cannot be taken over is not
// half here.
//
//	created     all that it brings is here now
//	unchanged   it was here before this import; nothing was changed
//	duplicate   it came earlier in this file; nothing was changed
//	refused     nothing of it was taken; see code and reason
//
// Nobody who is here is changed, so an import can be repeated: with the rows that were
// refused, corrected, or with all of them.
//
// # Tokens
//
// Their keys must be in stock (token.Tokens.ImportFile). A token gets its owner, the
// counter of its next code, never below the one that is known, and its drift; its
// owner gets the policies of its model. So the next code works at once, and one that the
// other server has accepted does not (invariant 1), if the file was written after
// that server had stopped: an event counter that moved on afterwards is not in it.
// Token.Takeover has the rules.
//
// # Passwords
//
// Hashes as package password takes them; passwords in clear are refused. The owner gets
// all policies of the method password. They are hashed anew at the first login.
//
// # The report
//
// Every row is reported, and the report is hashed; the counts tell what is here now,
// and how many tokens of the other server are not. Each fact has its audit record
// (customer.created, token.moved_in, password.imported, authenticator.enrolled), and
// two tell of the import itself: customer.import_begun, customer.imported.
//
// # Threats
//
// Columns that moved: a password, a PIN or a hash in a column that is reported. Values
// are never repeated, but customer numbers and serial numbers in a form that no hash
// has. A file of any size: rows have at most 64 KiB, and a dry run keeps about 20 bytes of each
// to see duplicates. A token that somebody else gets meanwhile: the batch is judged again.
//
// The package stands above the proofs because it opens transactions over customers,
// devices, tokens and passwords at once; it owns no table.
package movein

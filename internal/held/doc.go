// Package held gathers what is kept of one person, for a request under article 15 of
// regulation (EU) 2016/679: every package that keeps something of customers says in which
// of its tables, and which columns it hands out ([Table]); this package reads them.
//
// What is not handed out falls in two classes, which a table names column by column:
// what would let somebody act as the person (secrets, and hashes of them), and what
// says nothing of the person (counters of versions, leases). So a column that is added to a
// table, and a table that is added to the schema, must be put somewhere: a test of the program
// compares what is said here with the schema.
//
// Nothing is written. Sealed columns are opened under the row's id.
package held

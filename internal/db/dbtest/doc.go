// Package dbtest gives tests a real database: SQLite always, PostgreSQL where
// COUNTERSIGN_TEST_POSTGRES names a superuser's address of a throw-away cluster
// (scripts/postgres run go test ./… starts one). Without it the PostgreSQL half
// is skipped; with CI set it fails, so that nobody loses it unnoticed.
//
// Every test has a database of its own with the whole schema, cloned from a
// template: a copy of a file, or CREATE DATABASE … TEMPLATE. The template is
// made once for each set of migrations.
//
//	func TestClaim(t *testing.T) {
//		t.Parallel()
//		dbtest.Each(t, func(t *testing.T, d *db.DB) { … })
//	}
package dbtest

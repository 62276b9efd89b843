// Package db opens transactions on SQLite and PostgreSQL and commits many of
// them together.
package db

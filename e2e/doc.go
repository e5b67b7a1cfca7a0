// Package e2e holds the tests that run the built binary, real PostgreSQL and
// a real browser, and the test that keeps the plan of the house.
package e2e

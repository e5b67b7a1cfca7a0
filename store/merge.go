package store

import "github.com/jackc/pgx/v5"

// What two records of one person become. The numbers of the record that ends
// stay with it; whoever ended in it before moves on, so that the survivor is
// one step away from all of them.
const (
	moveEncounters = `UPDATE encounter SET patient = @into WHERE patient = @from`
	endRecord      = `
UPDATE patient SET merged_into = CASE WHEN id <> @into THEN @into END
WHERE id IN (@from, @into) OR merged_into = @from`
)

// queueMerges keeps the order of merges, for one may follow from another.
func (b *batch) queueMerges(q *pgx.Batch) {
	for _, m := range b.merges {
		args := pgx.NamedArgs{"from": text(string(m.From)), "into": text(string(m.Into))}
		q.Queue(moveEncounters, args)
		q.Queue(endRecord, args)
	}
}

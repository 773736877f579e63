package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func lookFirst(t *testing.T, n *night) {
	n.shop(t)
	n.step(t)
}

func lostRows(t *testing.T, n *night) {
	rows := n.shop(t)
	n.exec(t, n.i.Database, "DELETE FROM shop.orders WHERE id BETWEEN 1000 AND 2000; INSERT INTO shop.orders (customer, note) VALUES (7, 'new')")
	n.step(t)
	n.exec(t, n.i.Database, "DELETE FROM shop.orders WHERE note = 'new'")
	require.Equal(t, rows, n.query(t, n.i.Database, rowsOfOrders))
	n.exec(t, n.i.Database, "DELETE FROM shop.orders")
	n.step(t)
	require.Equal(t, rows, n.query(t, n.i.Database, rowsOfOrders))
}

func lostTable(t *testing.T, n *night) {
	rows := n.shop(t)
	n.exec(t, n.i.Database, "DROP TABLE shop.orders")
	n.step(t)
	require.Equal(t, rows, n.query(t, n.i.Database, rowsOfOrders))
	require.Equal(t, "orders_by_customer orders_customer_fkey orders_pkey", n.query(t, n.i.Database,
		`SELECT string_agg(name, ' ' ORDER BY name) FROM (SELECT conname AS name FROM pg_constraint WHERE conrelid = 'shop.orders'::regclass AND contype IN ('p', 'f')
			UNION SELECT indexname FROM pg_indexes WHERE tablename = 'orders') AS names`))
}

func lostDatabase(t *testing.T, n *night) {
	rows := n.shop(t)
	n.exec(t, "postgres", "DROP DATABASE "+quote(n.i.Database)+" WITH (FORCE)")
	n.step(t)
	require.Equal(t, rows, n.query(t, n.i.Database, rowsOfOrders))
	n.dropLater(t, n.i.Database+"_old")
	n.exec(t, n.i.Database, "UPDATE shop.orders SET note = 'wrong'")
	n.step(t)
	require.Equal(t, rows, n.query(t, n.i.Database, rowsOfOrders))
	require.Equal(t, "wrong", n.query(t, n.i.Database+"_old", "SELECT note FROM shop.orders LIMIT 1"))
}

package hocon_test

import (
	"fmt"
	"log"
	"os"
	"testing/fstest"
	"time"

	"github.com/slipway-dev/slipway/hocon"
)

// shop is a service's config in two layers. In a program the files are those of
// a directory: root, err := os.OpenRoot(dir), and root.FS().
var shop = fstest.MapFS{
	"cart.conf": {Data: []byte(`
defaults { timeout = 5s, retries = 3 }
db { host = localhost, pool = 10 }
db.password = ${?DB_PASSWORD}
payment = ${defaults} { url = "http://payment" }
`)},
	"production/cart.conf": {Data: []byte(`
include required("../cart.conf")
db { host = db.internal, pool = 20 }
payment.retries = 5
`)},
}

// production reads the config of production. It leaves DB_PASSWORD to whoever
// reads the config at last.
func production() *hocon.Config {
	document, err := hocon.ParseFile("production/cart.conf", hocon.Options{Files: shop})
	if err != nil {
		log.Fatal(err)
	}
	config, err := document.Resolve(hocon.ResolveOptions{
		Keep: func(path string, _ bool) bool { return path == "DB_PASSWORD" },
	})
	if err != nil {
		log.Fatal(err)
	}
	return config
}

func Example() {
	config := production()
	pool, err := config.Int("db.pool")
	if err != nil {
		log.Fatal(err)
	}
	timeout, err := config.Duration("payment.timeout")
	if err != nil {
		log.Fatal(err)
	}
	_, err = config.Int("db.host")
	fmt.Println(pool, timeout)
	fmt.Println(err)
	// Output:
	// 20 5s
	// production/cart.conf:3:13: db.host: is a string that is not a number
}

func ExampleConfig_Decode() {
	type client struct {
		URL     string `hocon:",required"`
		Timeout time.Duration
		Retries int
	}
	settings := struct {
		Payment client
		Search  *client // nil if it is not set
	}{}
	if err := production().Decode(&settings); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", settings)
	// Output: {Payment:{URL:http://payment Timeout:5s Retries:5} Search:<nil>}
}

func ExampleRefuseUnknown() {
	var db struct {
		Host, Password string
		MaxPool        int
	}
	err := production().DecodeAt("db", &db, hocon.RefuseUnknown())
	fmt.Println(err)
	// Output:
	// cart.conf:4:15: db.password: ${?DB_PASSWORD} is kept open, so the value is not known; resolve it before it is read
	// production/cart.conf:3:33: db.pool: is not known here
}

func ExampleConfig_Explain() {
	explanation, err := production().Explain("payment.retries")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(explanation)
	// Output:
	// payment.retries = 5
	//   set at production/cart.conf:4
	//   over 3 at cart.conf:2
}

func ExampleConfig_WriteHOCON() {
	if err := production().WriteHOCON(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// db {
	//   host = db.internal
	//   password = ${?DB_PASSWORD}
	//   pool = 20
	// }
	// defaults {
	//   retries = 3
	//   timeout = "5s"
	// }
	// payment {
	//   retries = 5
	//   timeout = "5s"
	//   url = "http://payment"
	// }
}

func ExampleConfig_Leaves() {
	db, err := production().At("db")
	if err != nil {
		log.Fatal(err)
	}
	for path, value := range db.Leaves() {
		fmt.Println(path, value.Kind(), value.Text(), value.Origin())
	}
	// Output:
	// host string db.internal production/cart.conf:3
	// password open substitution  cart.conf:4
	// pool number 20 production/cart.conf:3
}

func ExampleDiff() {
	old, err := hocon.Parse("old.conf", []byte("pool = 10, hosts = [a]"), hocon.Options{})
	if err != nil {
		log.Fatal(err)
	}
	before, err := old.Resolve(hocon.ResolveOptions{})
	if err != nil {
		log.Fatal(err)
	}
	db, err := production().At("db")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range hocon.Diff(before, db) {
		fmt.Println(c)
	}
	// Output:
	// + host = "db.internal" (production/cart.conf:3)
	// - hosts.0 = "a" (old.conf:1)
	// + password = ${?DB_PASSWORD} (cart.conf:4)
	// ~ pool = 10 (old.conf:1) -> 20 (production/cart.conf:3)
}

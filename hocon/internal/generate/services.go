package generate

import (
	"fmt"
	"strings"
)

// Services gives a document in three layers as a company with count services
// has it: what all services share and each service's own settings, an
// environment over it, and a cluster over that, which is the main file. Every
// service inherits its defaults by substitution, and about 200 bytes are written
// for each: 2,000 services are 400 KB.
func Services(count int) Project {
	var base, environment, cluster strings.Builder
	base.WriteString(defaults)
	environment.WriteString("include required(\"base.conf\")\n\ndefaults.database.host = db.production.internal\ndefaults.log.level = warn\ndefaults.labels.environment = production\n\nservices {\n")
	cluster.WriteString("include required(\"production.conf\")\n\nregion = eu-west-1\nregion = ${?REGION}\ndefaults.labels.region = ${region}\n\nservices {\n")
	for i := range count {
		fmt.Fprintf(&base, "  service-%05d = ${%s} {\n    port = %d\n    database.name = db_%d\n    url = \"http://service-%05d.shop.internal:%d\"\n    flags = [f%d, g%d]\n  }\n",
			i, [...]string{"defaults", "defaults", "critical", "worker"}[i%4], 8000+i%1000, i, i, 8000+i%1000, i%17, i%3)
		if i%2 == 0 {
			fmt.Fprintf(&environment, "  service-%05d { replicas = %d, resources.memory = %dMi }\n", i, 2+i%9, 256+i%7*128)
		}
		if i%4 == 0 {
			fmt.Fprintf(&cluster, "  service-%05d.labels.zone = ${region}-%c\n", i, 'a'+rune(i%3))
		}
		if i%10 == 0 {
			fmt.Fprintf(&cluster, "  service-%05d { peer = ${services.service-%05d.url}, host = service-%05d.${domain}, flags += peer }\n", i, (i*7+1)%count, i)
		}
	}
	for _, file := range []*strings.Builder{&base, &environment, &cluster} {
		file.WriteString("}\n")
	}
	return Project{
		Main:  "cluster.conf",
		Files: map[string]string{"base.conf": base.String(), "production.conf": environment.String(), "cluster.conf": cluster.String()},
	}
}

const defaults = `# What every service has unless it says otherwise.
domain = shop.internal

defaults {
  replicas = 2
  flags = [base]
  resources { cpu = 250m, memory = 512Mi }
  database {
    host = localhost, port = 5432, pool = 10, timeout = 5s
    url = "jdbc:postgresql://"${defaults.database.host}":"${defaults.database.port}
  }
  log { level = info, format = json }
  labels { team = platform, environment = test }
  health { path = /health, interval = 10s, failures = 3 }
}

critical = ${defaults} { replicas = 4, resources { cpu = 1, memory = 2Gi } }
worker = ${defaults} { health.path = /live, queues = [default, slow] }

services {
`

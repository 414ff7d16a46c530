// Go's own net/http: a goroutine for each connection. Its code blocks to the eye; the runtime waits for all of them
// with epoll, and runs them on as many threads as there are cores. go_server PORT, or: go_server version
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"time"
)

const (
	done      = `{"result":"Task Complete!"}`
	longestMS = 600_000
)

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// after waits, and then gives every request the same body.
func after(wait time.Duration, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(wait)
		reply(w, http.StatusOK, body)
	}
}

func task(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query().Get("wait_ms")
	ms, err := strconv.Atoi(asked)
	if asked != "" && (err != nil || ms < 0 || ms > longestMS) {
		reply(w, http.StatusBadRequest, `{"error":"wait_ms is not from 0 to 600000"}`)
		return
	}
	after(time.Duration(ms)*time.Millisecond, done)(w, r)
}

func main() {
	if os.Args[1] == "version" {
		fmt.Println(runtime.Version())
		return
	}
	http.HandleFunc("/ping", after(0, `{"result":"pong"}`))
	http.HandleFunc("/health", after(0, `{"status":"ok"}`))
	http.HandleFunc("/async-task", after(5*time.Second, done))
	http.HandleFunc("/task", task)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}

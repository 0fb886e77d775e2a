// The service of docker/README.md that calls a host of the cloud by HTTPS: it orders tea. Like any
// program in Go it trusts what SSL_CERT_FILE says.
package main

import (
	"io"
	"log"
	"net/http"
	"net/url"
)

func main() {
	answer, err := http.PostForm("https://cmq-queue-gz.api.qcloud.com/v2/index.php", url.Values{
		"Action":    {"SendMessage"},
		"queueName": {"orders"},
		"msgBody":   {"tea"},
	})
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	log.Printf("%s %v", text, err)
}

# shellcheck shell=bash
# Sourced: web servers and their clients on hosts. Needs namespaces.sh.

# Starts nginx as the host $1; it answers every request with the text $2 (nginx's variables may be
# in it) and keeps connections open.
start_web_server() {
    local folder ipv6=
    [ ! -e /proc/net/if_inet6 ] || ipv6="listen [::]:80;"
    folder=$(namespaces_folder)/$1
    mkdir "$folder"
    cat >"$folder/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_requests 1000000;
    server {
        listen 80;
        $ipv6
        location / {
            default_type text/plain;
            return 200 "$2\n";
        }
        location /files/ {
            root .;
        }
    }
}
CONF
    start_in_namespace "$1" "$folder/output" nginx -e stderr -p "$folder" -c "$folder/nginx.conf"
    wait_until 20 in_namespace "$1" curl -sf --noproxy '*' http://127.0.0.1/ || {
        echo "$0: the web server of $1 does not answer:" >&2
        cat "$folder/output" >&2
        exit 1
    }
}

# curl as the host $1, with time limits that a busy machine keeps.
fetch() {
    in_namespace "$1" curl -sS --noproxy '*' --connect-timeout 10 --max-time 120 "${@:2}"
}

// The handlers, one for each line of the table in routes.cpp. They turn requests into calls on the services and
// results into answers; they decide nothing about carts.
#pragma once

#include "transport/http/routes.h"

namespace cartd::http {

boost::asio::awaitable<Response> get_cart(Backend& backend, Call call);
boost::asio::awaitable<Response> delete_cart(Backend& backend, Call call);
boost::asio::awaitable<Response> patch_cart(Backend& backend, Call call);
boost::asio::awaitable<Response> add_item(Backend& backend, Call call);
boost::asio::awaitable<Response> clear_items(Backend& backend, Call call);
boost::asio::awaitable<Response> set_item(Backend& backend, Call call);
boost::asio::awaitable<Response> remove_item(Backend& backend, Call call);
boost::asio::awaitable<Response> run_commands(Backend& backend, Call call);

boost::asio::awaitable<Response> get_user(Backend& backend, Call call);
boost::asio::awaitable<Response> put_user(Backend& backend, Call call);
boost::asio::awaitable<Response> patch_user(Backend& backend, Call call);
boost::asio::awaitable<Response> delete_user(Backend& backend, Call call);

boost::asio::awaitable<Response> get_outbox(Backend& backend, Call call);
boost::asio::awaitable<Response> retry_dead_letter(Backend& backend, Call call);
boost::asio::awaitable<Response> drop_dead_letter(Backend& backend, Call call);

boost::asio::awaitable<Response> get_health(Backend& backend, Call call);
boost::asio::awaitable<Response> get_readiness(Backend& backend, Call call);
boost::asio::awaitable<Response> get_metrics(Backend& backend, Call call);
boost::asio::awaitable<Response> get_openapi(Backend& backend, Call call);

}  // namespace cartd::http

// The handlers, one for each line of the table in routes.cpp. They turn requests into calls on the services and
// results into answers; they decide nothing about carts.
#pragma once

#include "api/rest/context.h"
#include "http/router.h"

#include <boost/asio/awaitable.hpp>

namespace cartd::rest {

boost::asio::awaitable<http::Response> get_cart(Context& context, http::Call call);
boost::asio::awaitable<http::Response> delete_cart(Context& context, http::Call call);
boost::asio::awaitable<http::Response> patch_cart(Context& context, http::Call call);
boost::asio::awaitable<http::Response> add_item(Context& context, http::Call call);
boost::asio::awaitable<http::Response> clear_items(Context& context, http::Call call);
boost::asio::awaitable<http::Response> set_item(Context& context, http::Call call);
boost::asio::awaitable<http::Response> patch_item(Context& context, http::Call call);
boost::asio::awaitable<http::Response> remove_item(Context& context, http::Call call);
boost::asio::awaitable<http::Response> run_commands(Context& context, http::Call call);

boost::asio::awaitable<http::Response> merge_cart(Context& context, http::Call call);
boost::asio::awaitable<http::Response> move_lines(Context& context, http::Call call);

boost::asio::awaitable<http::Response> begin_checkout(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_checkouts(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_checkout(Context& context, http::Call call);
boost::asio::awaitable<http::Response> complete_checkout(Context& context, http::Call call);
boost::asio::awaitable<http::Response> abort_checkout(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_orders(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_order(Context& context, http::Call call);

boost::asio::awaitable<http::Response> get_user(Context& context, http::Call call);
boost::asio::awaitable<http::Response> put_user(Context& context, http::Call call);
boost::asio::awaitable<http::Response> patch_user(Context& context, http::Call call);
boost::asio::awaitable<http::Response> delete_user(Context& context, http::Call call);

boost::asio::awaitable<http::Response> get_user_carts(Context& context, http::Call call);

boost::asio::awaitable<http::Response> get_outbox(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_dead_letter(Context& context, http::Call call);
boost::asio::awaitable<http::Response> retry_dead_letter(Context& context, http::Call call);
boost::asio::awaitable<http::Response> drop_dead_letter(Context& context, http::Call call);
boost::asio::awaitable<http::Response> make_checkpoint(Context& context, http::Call call);

boost::asio::awaitable<http::Response> export_page(Context& context, http::Call call);
boost::asio::awaitable<http::Response> import_page(Context& context, http::Call call);

boost::asio::awaitable<http::Response> get_health(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_readiness(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_metrics(Context& context, http::Call call);
boost::asio::awaitable<http::Response> get_openapi(Context& context, http::Call call);

}  // namespace cartd::rest

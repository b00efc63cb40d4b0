// The server's answers about checkouts and orders, for people. Other JSON is shown as it is; all is fit for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace cartd::cartctl {

/// A checkout: what is bought, its state and times, and, once it was completed, what became of it.
std::string show_checkout(std::string_view body);

/// The checkouts of a cart, one a line.
std::string show_checkouts(std::string_view body);

/// An order: what was bought, and of which lines the cart held less by then.
std::string show_order(std::string_view body);

/// The orders of a cart, one a line.
std::string show_orders(std::string_view body);

/// The lines at fault in a problem document (RFC 9457), one a line; empty when it names none.
std::string show_problem_lines(std::string_view body);

}  // namespace cartd::cartctl

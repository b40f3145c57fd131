// The end of a connection: last octets are written as far as the socket takes them, then the rest
// of the neighbor's octets is read away, so that closing does not reset the connection before the
// neighbor has read why. Lives by itself until the neighbor has closed, too, or two seconds passed.
#pragma once

#include <boost/asio/io_context.hpp>

#include "bgp/session/socket.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

/// Says goodbye with `octets` on that socket and closes it; returns at once.
void begin_farewell(boost::asio::io_context& context, Socket socket, net::Bytes octets);

}  // namespace pipit::bgp

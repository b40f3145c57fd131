// RTM_NEWROUTE, RTM_DELROUTE and dump requests: between the wire and kernel::Route.
#pragma once

#include <cstdint>
#include <span>

#include "kernel/netlink/message.hpp"
#include "kernel/netlink/route.hpp"
#include "net/family.hpp"

namespace pipit::kernel {

enum class ParsedRoute : std::uint8_t {
  Ok,
  Skipped,    // of no interest: a table not asked for, local, broadcast, cached, not IP
  Malformed,  // lengths or values that make no sense
};

/// Reads the payload of RTM_NEWROUTE or RTM_DELROUTE into `route`, which is overwritten (and whose
/// memory is reused). `tables`: those of interest; empty: all but the local table. Attributes that
/// have no name here are ignored.
ParsedRoute parse_route(net::ByteView payload, std::span<const std::uint32_t> tables, Route& route);

/// Appends RTM_NEWROUTE. `flags`: NLM_F_CREATE and the like, NLM_F_REQUEST is added. False when
/// the batch is full.
bool put_new_route(MessageBatch& batch,
                   const Route& route,
                   std::uint16_t flags,
                   std::uint32_t sequence);

/// Appends RTM_DELROUTE for whatever has this key and this protocol, or for one leg of it (IPv6).
/// False when the batch is full.
bool put_delete_route(MessageBatch& batch,
                      const RouteKey& key,
                      std::uint8_t protocol,
                      std::uint32_t sequence,
                      const Hop* leg = nullptr);

/// Which routes a dump is to give; zero: any.
struct RouteDump {
  net::Afi afi = net::Afi::Ipv4;
  std::uint32_t table = 0;
  std::uint32_t interface_index = 0;
};

/// Appends a strictly checked RTM_GETROUTE dump request.
bool put_route_dump(MessageBatch& batch, const RouteDump& dump, std::uint32_t sequence);

}  // namespace pipit::kernel

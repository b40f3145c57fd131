#include <boost/container_hash/hash.hpp>
#include <linux/rtnetlink.h>

#include "kernel/monitor/monitor_impl.hpp"
#include "kernel/netlink/route_message.hpp"

namespace pipit::kernel {

namespace {

constexpr std::size_t kMaxDeletedInDump = 1U << 20U;

Arrival arrival_of(const MessageView& message, bool dumped) {
  if (dumped) {
    return Arrival::Dump;
  }
  if ((message.flags & NLM_F_REPLACE) != 0) {
    return Arrival::Replace;
  }
  return (message.flags & NLM_F_APPEND) != 0 ? Arrival::Append : Arrival::Create;
}

/// Identifies a route whatever the state of its links.
std::uint64_t fingerprint(const Route& route) {
  std::size_t seed = net::hash_value(route.key.prefix);
  boost::hash_combine(seed, route.key.table);
  boost::hash_combine(seed, route.key.metric);
  boost::hash_combine(seed, route.key.tos);
  boost::hash_combine(seed, route.body.protocol);
  boost::hash_combine(seed, static_cast<int>(route.body.type));
  for (const Hop& hop : route.body.hops) {
    boost::hash_combine(seed, hop.interface_index);
    boost::hash_combine(seed, hop.gateway ? net::hash_value(*hop.gateway) : 0);
  }
  return seed;
}

}  // namespace

void Monitor::Impl::on_datagram(net::ByteView datagram) {
  MessageReader reader(datagram);
  while (const auto message = reader.next()) {
    const bool ours =
        job && !job_ended && message->sequence == sequence && message->port == socket->port();
    if (ours && (message->flags & NLM_F_DUMP_INTR) != 0) {
      job_interrupted = true;
    }
    if (message->type == NLMSG_DONE || message->type == NLMSG_ERROR) {
      if (ours) {
        on_dump_end(*message);
      }
    } else if (message->type >= NLMSG_MIN_TYPE) {
      counters.notifications += ours ? 0 : 1;
      on_message(*message, ours);
    }
  }
}

void Monitor::Impl::on_dump_end(const MessageView& message) {
  const auto acknowledgement = parse_acknowledgement(message);
  job_ended = true;
  if (!acknowledgement) {
    ++counters.malformed;
    job_interrupted = true;
  } else {
    job_error = acknowledgement->error;
  }
}

void Monitor::Impl::on_message(const MessageView& message, bool dumped) {
  switch (message.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      on_link(message, dumped);
      break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      on_address(message, dumped);
      break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      on_route(message, dumped);
      break;
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
      // Routes go with their nexthop object, or lead elsewhere, without a word of their own.
      doubtful_routes = doubtful_routes || routes.using_nexthop_objects() != 0;
      break;
    default:  // rtnetlink knows more than routes
      break;
  }
}

void Monitor::Impl::on_link(const MessageView& message, bool dumped) {
  auto link = parse_link(message.payload);
  if (!link) {
    return;  // of a bridge port, announced a second time as AF_BRIDGE
  }
  if (message.type == RTM_DELLINK) {
    job_interrupted = job_interrupted || dumping(DumpKind::Links);
    remove_link(link->index);
    return;
  }
  if (dumped || dumping(DumpKind::Links)) {
    links_seen.insert(link->index);
  }
  const auto [place, added] = links.try_emplace(link->index);
  if (!added && place->second == *link) {
    return;
  }
  changed = true;
  if (added) {
    place->second = std::move(*link);
    events.on_link_changed(nullptr, place->second);
    return;
  }
  const Link before = std::exchange(place->second, std::move(*link));
  const Link& after = place->second;
  const bool went = (before.up && !after.up) || (before.carrier && !after.carrier);
  const bool came = (!before.up && after.up) || (!before.carrier && after.carrier);
  if (went || (came && routes.impaired() != 0)) {
    doubtful_links.insert(after.index);
  }
  events.on_link_changed(&before, after);
}

void Monitor::Impl::remove_link(std::uint32_t index) {
  const auto found = links.find(index);
  if (found == links.end()) {
    return;
  }
  const Link link = std::move(found->second);
  links.erase(found);
  doubtful_links.insert(index);
  changed = true;
  events.on_link_removed(link);
}

void Monitor::Impl::on_address(const MessageView& message, bool dumped) {
  const auto address = parse_interface_address(message.payload);
  if (!address) {
    ++counters.malformed;
    return;
  }
  if (message.type == RTM_DELADDR) {
    job_interrupted = job_interrupted || dumping(DumpKind::Addresses);
    InterfaceAddress either = *address;
    remove_address(either);
    either.usable = !either.usable;
    remove_address(either);
    return;
  }
  if (dumped || dumping(DumpKind::Addresses)) {
    addresses_seen.insert(*address);
  }
  if (addresses.contains(*address)) {
    return;
  }
  // The same one with other flags: an IPv6 address that has passed its duplicate detection.
  InterfaceAddress other = *address;
  other.usable = !other.usable;
  remove_address(other);
  changed = true;
  addresses.insert(*address);
  events.on_address_added(*address);
}

void Monitor::Impl::remove_address(const InterfaceAddress& address) {
  if (addresses.erase(address) == 0) {
    return;
  }
  doubtful_sources.insert(address.address);
  changed = true;
  events.on_address_removed(address);
}

void Monitor::Impl::on_route(const MessageView& message, bool dumped) {
  switch (parse_route(message.payload, options.tables, scratch)) {
    case ParsedRoute::Ok:
      break;
    case ParsedRoute::Malformed:
      ++counters.malformed;
      return;
    case ParsedRoute::Skipped:
      return;
  }
  const bool beside_dump = !dumped && dumping(DumpKind::Routes);
  if (message.type == RTM_DELROUTE) {
    if (beside_dump) {
      deleted_in_dump.insert(fingerprint(scratch));
    }
    const RouteChange& change = routes.remove(scratch, generation);
    // Of a multipath route only a part went: a dumped one with all legs could come after this.
    job_interrupted =
        job_interrupted || (beside_dump && (change.kind == RouteChange::Kind::Changed ||
                                            deleted_in_dump.size() > kMaxDeletedInDump));
    report(change, message.port);
    return;
  }
  if (!deleted_in_dump.empty()) {
    if (dumped && deleted_in_dump.contains(fingerprint(scratch))) {
      return;
    }
    if (!dumped) {
      deleted_in_dump.erase(fingerprint(scratch));
    }
  }
  report(routes.add(scratch, arrival_of(message, dumped), generation),
         dumped ? kSeenInDump : message.port);
}

void Monitor::Impl::report(const RouteChange& change, std::uint32_t origin) {
  doubtful_routes = doubtful_routes || change.doubtful;
  switch (change.kind) {
    case RouteChange::Kind::None:
      return;
    case RouteChange::Kind::Added:
      events.on_route_changed(nullptr, change.after, origin);
      break;
    case RouteChange::Kind::Changed:
      events.on_route_changed(&change.before, change.after, origin);
      break;
    case RouteChange::Kind::Removed:
      events.on_route_removed(change.before, origin);
      break;
  }
  changed = true;
}

}  // namespace pipit::kernel

// The monitor's picture of the kernel's routes: fed with dumps and notifications, it says what each
// of them changes, with the kernel's own rules for several routes of one prefix.
//
// Made for a million routes: an entry is 40 octets, what many routes share (protocol, hops) is
// stored once. References into it last until the next call that changes something.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "kernel/netlink/route.hpp"

namespace pipit::kernel {

/// How a route came to be, from nlmsg_flags.
enum class Arrival : std::uint8_t { Dump, Create, Append, Replace };

/// What a message did to the view.
struct RouteChange {
  enum class Kind : std::uint8_t { None, Added, Changed, Removed };

  Kind kind = Kind::None;
  Route before;  // of Changed and Removed
  Route after;   // of Added and Changed
  /// The message did not fit the view: only a dump can tell how things really are.
  bool doubtful = false;
};

/// Which routes a dump was to give; what it did not give is gone. Zero: any.
struct RouteScope {
  net::Afi afi = net::Afi::Ipv4;
  std::uint32_t table = 0;
  std::uint32_t interface_index = 0;
};

class RouteView {
 public:
  /// `seed`: of the hashes (Loop::random_seed).
  explicit RouteView(std::uint64_t seed = 0);
  RouteView(const RouteView&) = delete;
  RouteView& operator=(const RouteView&) = delete;
  ~RouteView();

  /// Takes in RTM_NEWROUTE. `generation`: of the newest dump that was begun. The change is valid
  /// until the next call.
  const RouteChange& add(const Route& route, Arrival arrival, std::uint32_t generation);
  /// Takes in RTM_DELROUTE.
  const RouteChange& remove(const Route& route, std::uint32_t generation);

  /// Looks at up to `count` entries from `*position` on, removes those in scope that no message
  /// since `generation` confirmed, and tells of each. Returns false when the end was reached.
  bool sweep(const RouteScope& scope,
             std::uint32_t generation,
             std::size_t& position,
             std::size_t count,
             const std::function<void(const Route&)>& removed);

  /// Gives the prefixes of up to `count` entries from `*position` on; one may come again. Entries
  /// that are there all the time are met, whatever happens to others between two calls. Returns
  /// false when the end was reached.
  bool walk(std::size_t& position,
            std::size_t count,
            const std::function<void(const net::Prefix&)>& visit) const;

  /// The same with the routes themselves, which stay valid until the view changes.
  bool walk_routes(std::size_t& position,
                   std::size_t count,
                   const std::function<void(const RouteKey&, const RouteBody&)>& visit) const;

  /// Starts to load what for_prefix() looks at first: for looking at many.
  void prefetch(std::uint32_t table, const net::Prefix& prefix) const;

  /// Every route of a prefix in a table, in no particular order of metrics. What is handed out is
  /// valid until the view changes.
  void for_prefix(std::uint32_t table,
                  const net::Prefix& prefix,
                  const std::function<void(const RouteKey&, const RouteBody&)>& visit) const;
  /// Every route; the view must not change meanwhile.
  void for_each(const std::function<void(const Route&)>& visit) const;

  std::size_t size() const;
  /// False: no prefix of that length has a route, in whatever table.
  bool has_length(net::Afi afi, std::uint8_t length) const;
  /// Octets held.
  std::size_t memory() const;
  /// Routes that leave through an interface.
  std::size_t using_interface(std::uint32_t interface_index) const;
  /// Routes of a family that prefer an address as their source.
  std::size_t using_source(const net::IpAddress& address) const;
  /// Routes with a hop that is dead or without carrier.
  std::size_t impaired() const;
  /// Routes that refer to a nexthop object.
  std::size_t using_nexthop_objects() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pipit::kernel

// Next hops of BGP routes, resolved against the kernel's connected and other non-BGP routes (RFC
// 4271 §9.1.2.1), tracked live: the kernel bridge tells which routes changed, a change of
// reachability or cost re-runs the decision for what depends on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "net/address.hpp"
#include "policy/route_facts.hpp"
#include "rib/options.hpp"

namespace pipit::rib {

/// One way out of a route that next hops resolve over.
struct IgpHop {
  std::optional<net::IpAddress> gateway;  // nullopt: directly on the interface
  std::uint32_t interface_index = 0;

  friend auto operator<=>(const IgpHop&, const IgpHop&) = default;
};

/// Nearly all routes have one, which costs no allocation then.
using IgpHops = boost::container::small_vector<IgpHop, 1>;

/// A connected or other non-BGP route of the kernel.
struct IgpRoute {
  IgpHops hops;  // empty: blackhole, unreachable, prohibit: resolves nothing
  std::uint32_t metric = 0;
  bool connected = false;

  friend bool operator==(const IgpRoute&, const IgpRoute&) = default;
};

/// Where routes of the kernel are looked up: nothing is kept a second time.
class IgpRoutes {
 public:
  virtual ~IgpRoutes() = default;

  /// The route of exactly this prefix that packets take; nullopt: none.
  virtual std::optional<IgpRoute> find(const net::Prefix& prefix) const = 0;
  /// False: no prefix of that length has a route.
  virtual bool has_length(net::Afi afi, std::uint8_t length) const = 0;
};

/// A next hop address; link-local ones with their interface.
struct NextHopKey {
  net::IpAddress address;
  std::uint32_t interface_index = 0;

  friend auto operator<=>(const NextHopKey&, const NextHopKey&) = default;
};

/// Stands for the index of a link-local next hop where it depends on the source which one it is.
inline constexpr std::uint32_t kScopedNextHop = 0xffffffff;

struct Resolution {
  bool reachable = false;
  bool connected = false;  // on a subnet of ours: the next hop is itself the gateway
  std::uint32_t cost = 0;  // metric of the route that resolves it: the IGP cost
  net::Prefix via;         // the route that resolves it
  IgpHops hops;  // how packets leave; of a connected one the gateway is the next hop itself

  friend bool operator==(const Resolution&, const Resolution&) = default;
};

class NextHops final : public policy::NextHopResolver {
 public:
  explicit NextHops(const NextHopOptions& options);
  ~NextHops() override;

  /// For policies: resolve(), and tracks the next hop likewise.
  std::optional<std::uint32_t> cost(const net::IpAddress& address,
                                    std::uint32_t interface_index) const override;

  /// The routes to resolve over, which must outlive this or be taken away again; null: none. Each
  /// prefix that has a route then is told of by route_changed().
  void look_in(const IgpRoutes* routes);
  /// A route came, went or changed. Next hops are resolved again at settle(). True when
  /// is_connected() of the prefix is another now.
  bool route_changed(const net::Prefix& prefix);
  /// Interface addresses of this host: routes whose next hop is one of them are not usable (RFC
  /// 4271 §6.3).
  void set_local_addresses(std::vector<net::IpAddress> addresses);
  bool is_local(const net::IpAddress& address) const;
  /// Whether a subnet of this host is exactly this prefix.
  bool is_connected(const net::Prefix& prefix) const;
  /// The connected prefix that holds the address, if any: for third-party next hops (RFC 4271
  /// §5.1.3).
  std::optional<net::Prefix> connected_prefix(const net::IpAddress& address) const;

  /// Options changed: everything is resolved anew at the next settle().
  void configure(const NextHopOptions& options);

  /// Resolves all tracked next hops again that the changes since the last call can concern, and
  /// tells the listener which of them came out different. Called by the kernel bridge after each
  /// batch of events.
  void settle();
  /// Adds a listener; it lives as long as this object.
  void on_change(std::function<void(const std::vector<NextHopKey>&)> listener);

  /// The current resolution; tracks the next hop from now on if it was not. Nothing is reachable
  /// before the first settle(). Valid until the next call of settle() or collect().
  const Resolution& resolve(const NextHopKey& key);

  /// A tracked next hop.
  struct Tracked {
    NextHopKey key;
    Resolution resolution;
    bool own_address = false;  // is_local(key.address)
  };

  /// Tracks a next hop; returns its index, never 0, which stays until a collection that begins
  /// later and does not find it in use.
  std::uint32_t track(const NextHopKey& key);
  const Tracked& tracked(std::uint32_t index) const;
  std::size_t size() const;
  /// One past the highest index.
  std::size_t capacity() const;
  /// A next hop as it would be with other options; tracks nothing.
  Tracked under(const NextHopOptions& options, const NextHopKey& key) const;
  /// Begins a collection: next hops that are neither kept by keep() nor tracked again until it ends
  /// are no longer tracked.
  void begin_collection();
  /// The next hop of that index stays; indices that name none are ignored.
  void keep(std::uint32_t index);
  /// Stops tracking unused next hops, looking at up to `budget`. True: more are to be looked at.
  bool collect(std::size_t budget);
  std::size_t memory() const;

  /// Every tracked next hop, for `show next-hops`.
  void for_each(const std::function<void(const NextHopKey&, const Resolution&)>& visit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Next hops as they would be with other options, for policies that a preview runs.
class NextHopsUnder final : public policy::NextHopResolver {
 public:
  /// `now` must outlive it.
  NextHopsUnder(const NextHopOptions& options, const NextHops& now)
      : options_(options), now_(now) {}

  std::optional<std::uint32_t> cost(const net::IpAddress& address,
                                    std::uint32_t interface_index) const override;

 private:
  NextHopOptions options_;
  const NextHops& now_;
};

}  // namespace pipit::rib

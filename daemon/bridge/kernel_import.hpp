// Kernel routes -> RIB: decides by the rules of `kernel.import` which routes and interface
// addresses of this host are announced. Fed by the KernelBridge, announces into the Rib.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/fib/ownership.hpp"
#include "kernel/monitor/host_view.hpp"
#include "kernel/options.hpp"
#include "net/footprint.hpp"
#include "policy/policy.hpp"
#include "rib/preview.hpp"
#include "rib/rib.hpp"

namespace pipit::daemon {

class KernelImport {
 public:
  /// Both must outlive it.
  KernelImport(const kernel::HostView& host, rib::Rib& rib) : host_(host), rib_(rib) {}

  /// `policies`: one for each rule. `ownership`: of the routes that this daemon writes, never
  /// imported. The caller then refreshes every prefix.
  void set_rules(std::vector<kernel::ImportRule> rules,
                 std::vector<policy::PolicyRef> policies,
                 std::optional<kernel::Ownership> ownership);

  /// An interface address that is announced.
  struct Connected {
    std::size_t rule = 0;
    std::uint32_t interface_index = 0;

    friend bool operator==(const Connected&, const Connected&) = default;
  };

  /// What the rules want announced, of a route to a prefix and of addresses, as refresh() and
  /// refresh_connected() announce it.
  std::optional<rib::LocalPreview::Route> wanted(const net::Prefix& prefix) const;
  rib::LocalPreview::Route wanted(const Connected& from) const;
  std::map<net::Prefix, Connected> wanted_connected() const;

  /// Starts to load what refresh() looks at first: for refreshing many.
  void prefetch(const net::Prefix& prefix) const;
  /// Looks again at the kernel's routes to this prefix and announces or withdraws it.
  void refresh(const net::Prefix& prefix);
  /// Looks again at all interface addresses.
  void refresh_connected();

  /// What the rules made of a kernel route or an address, in words.
  struct RuleTrace {
    std::vector<std::string> rules;  // each one that was tried
    std::string verdict;
  };

  /// The rule that takes a route or an address, as refresh() and refresh_connected() find it;
  /// nullopt: none does.
  std::optional<std::size_t> rule_of(const kernel::RouteKey& key,
                                     const kernel::RouteBody& body,
                                     RuleTrace* trace = nullptr) const;
  std::optional<std::size_t> rule_of(const kernel::InterfaceAddress& address,
                                     RuleTrace* trace = nullptr) const;

  /// What the policy of its rule makes of an announced prefix of kKernelSource or
  /// kConnectedSource, step by step; `received`: as it stands in the RIB.
  rib::Rib::Traced trace(rib::SourceId source,
                         const net::Prefix& prefix,
                         rib::AttributeHandle received,
                         rib::Trace& trace) const;

  /// The route that stands behind an announced prefix: of the lowest metric where several match.
  std::optional<kernel::Route> route_of(const net::Prefix& prefix) const;

  /// Prefixes announced from routes and from addresses.
  std::size_t size() const { return rib_.local_count(rib::kKernelSource) + connected_.size(); }

  /// Octets held.
  std::size_t memory() const { return net::tree_footprint(connected_); }

  bool is_announced(const net::Prefix& prefix) const {
    return rib_.announces_local(rib::kKernelSource, prefix);
  }

 private:
  struct Match {
    kernel::RouteKey key;
    const kernel::RouteBody* body = nullptr;  // of the host: valid until it changes
    std::size_t rule = 0;
  };

  /// The first thing about a rule that a route does not fit.
  enum class RuleMismatch : std::uint8_t {
    None,
    Connected,
    Table,
    Protocol,
    Type,
    Gateway,
    Interface,
  };

  std::optional<Match> best_match(const net::Prefix& prefix) const;
  RuleMismatch mismatch(const kernel::ImportRule& rule,
                        const kernel::RouteKey& key,
                        const kernel::RouteBody& body) const;
  bool protocol_matches(const kernel::ImportRule& rule, std::uint8_t protocol) const;
  std::string words(RuleMismatch found,
                    const kernel::ImportRule& rule,
                    const kernel::RouteKey& key,
                    const kernel::RouteBody& body) const;
  policy::KernelFacts facts_of(const kernel::RouteKey& key, const kernel::RouteBody& body) const;
  policy::KernelFacts facts_of(const Connected& from) const;
  bool interface_matches(const kernel::ImportRule& rule, std::uint32_t index) const;
  void announce(rib::SourceId source,
                const net::Prefix& prefix,
                std::size_t rule,
                const policy::KernelFacts& facts);
  std::string_view interface_name(std::uint32_t index) const;

  const kernel::HostView& host_;
  rib::Rib& rib_;
  std::vector<kernel::ImportRule> rules_;
  std::vector<policy::PolicyRef> policies_;
  std::optional<kernel::Ownership> ownership_;
  std::vector<std::uint32_t> tables_;           // that rules name, each once
  std::map<net::Prefix, Connected> connected_;  // from addresses
};

}  // namespace pipit::daemon

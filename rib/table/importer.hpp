// From UPDATE messages and local routes to paths in the tables: the checks that need to know this
// router (RFC 4271 §6.3 and §9.1.2, RFC 4456 §8), then import policy.
#pragma once

#include <cstdint>
#include <vector>

#include "bgp/wire/update.hpp"
#include "rib/table/table.hpp"
#include "rib/table/trace.hpp"

namespace pipit::rib {

/// Who else takes part in a run of import.
struct PolicyWitness {
  std::uint32_t routes = 0;  // that it stands for in hit counters
  Trace* trace = nullptr;    // notes the steps
};

class Importer {
 public:
  /// `next_hops`: what policies may ask; null: those of the context.
  explicit Importer(const TableContext& context, const policy::NextHopResolver* next_hops = nullptr)
      : context_(context), next_hops_(next_hops != nullptr ? next_hops : &context.next_hops) {}

  AttributeStore& attributes() { return context_.attributes; }

  struct Result {
    AttributeHandle accepted = AttributeHandle::None;  // holds one reference for the caller
    Reason reason = Reason::Undecided;
  };

  /// The result of importing one route.
  Result import(SourceId source,
                AttributeHandle received,
                const net::RouteKey& key,
                const PolicyWitness& witness = {}) {
    return import(context_.sources[source], received, key, witness);
  }

  Result import(const Source& source,
                AttributeHandle received,
                const net::RouteKey& key,
                const PolicyWitness& witness = {});

  /// Puts NLRI that share attributes into a table; takes over one reference to `received`. False:
  /// some found no room.
  bool announce(Table& table,
                SourceId source,
                AttributeHandle received,
                const bgp::NlriView& routes,
                std::uint32_t now);

  void withdraw(Table& table, SourceId source, const bgp::NlriView& nlri);

  /// Runs a policy of the caller's choice over attributes of a local route; null accepts. `facts`:
  /// prefix, source, and what is known of a kernel route.
  Result import_local(const policy::Policy* policy,
                      policy::RouteFacts facts,
                      AttributeHandle received,
                      const PolicyWitness& witness = {});

  /// Interns attributes as received from a source: what must not come from an eBGP neighbor is left
  /// out (RFC 4271 §5.1.5, RFC 4456 §8).
  AttributeHandle intern(const Source& source, bgp::AttributesView attributes);

 private:
  void look_ahead(const Table& table, const bgp::NlriView& nlri);
  Reason check(const Source& source, const bgp::AttributesView& attributes, Trace* trace) const;
  Reason check_path(const Source& source,
                    const bgp::AttributesView& attributes,
                    Trace* trace) const;
  bool loops(const Source& source, const bgp::AttributesView& attributes, Trace* trace) const;

  /// What was found before policy, the same for every prefix.
  struct Vetted {
    Reason reason = Reason::Undecided;
    bool changed =
        false;  // working_ holds what policy is to see, and that is not what was received
    bool leaving = false;  // after policy LOCAL_PREF becomes 0
  };

  /// NLRI of a message that policy cannot tell apart.
  struct Alike {
    policy::PrefixClasses::Number number = 0;
    std::uint32_t routes = 0;
    bool done = false;
    Result result{};
  };

  /// Classes of a message beyond this many are looked at again for each of their NLRI.
  static constexpr std::size_t kMaxAlike = 32;

  void sort_alike(const policy::Policy* policy, std::span<const bgp::Nlri> nlri);
  Vetted vet(const Source& source, AttributeHandle received, Trace* trace);
  policy::RouteFacts facts_of(const Source& source, net::Family family) const;
  bool prepare(const Source& source, const bgp::AttributesView& received, Trace* trace);
  Result run(const policy::Policy* policy,
             policy::RouteFacts facts,
             AttributeHandle received,
             const Vetted& vetted,
             Trace* trace);
  void honour_graceful_shutdown(Trace* trace);

  TableContext context_;
  const policy::NextHopResolver* next_hops_;
  bgp::PathAttributes working_;          // scratch of policy runs
  bool prepared_ = false;                // working_ holds what policy is to see
  std::vector<Table::Key> keys_;         // scratch of look_ahead
  std::vector<Alike> alike_;             // scratch of sort_alike
  std::vector<std::uint32_t> alike_of_;  // likewise: by NLRI
};

/// The policy that applies to a source: its own, else accept for internal ones and RFC 8212 for
/// external ones.
const policy::Policy* import_policy(const Source& source);

}  // namespace pipit::rib

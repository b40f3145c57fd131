// Work that concerns a whole table, done in slices: sweeping void paths, running import policy
// again, deciding again what depends on changed next hops or options. Requests that come during a
// round wait for the next one; all requests of a round share one walk.
#pragma once

#include <cstdint>
#include <vector>

#include "rib/table/attribute_walk.hpp"
#include "rib/table/importer.hpp"
#include "rib/table/table.hpp"

namespace pipit::rib {

class TableWalk {
 public:
  TableWalk(Table& table, Importer& importer) : table_(table), importer_(importer) {}

  void request_sweep() { next_.sweep = true; }

  /// Runs import policy again over all paths of the source.
  void request_reimport(SourceId source);
  /// Decides again every destination with a path of these attributes.
  void request_decision(const HandleSet& handles);

  /// Decides everything again.
  void request_decision() { next_.everything = true; }

  bool idle() const { return !running_ && next_.empty(); }

  /// Does work of about `budget` destinations. True: more remains.
  bool run(std::size_t budget, std::uint32_t now);

 private:
  struct Jobs {
    bool sweep = false;
    bool everything = false;
    std::vector<bool> sources;  // to import again
    HandleSet handles;

    bool empty() const { return !sweep && !everything && sources.empty() && handles.empty(); }
  };

  static constexpr std::size_t kSweepCost = 4;    // of a path, in units of a bare destination
  static constexpr std::size_t kImportCost = 16;  // likewise

  void begin();
  void finish();
  bool sweep_only() const;
  std::size_t visit(DestinationId id, std::uint32_t now);
  std::size_t reimport(DestinationId id, std::uint32_t now);
  std::size_t decide(DestinationId id);

  Table& table_;
  Importer& importer_;
  bool running_ = false;
  std::uint32_t position_ = 0;
  Jobs now_;
  Jobs next_;
};

}  // namespace pipit::rib

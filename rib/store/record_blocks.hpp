// Memory of attribute records: blocks of records of about the same size, each of which goes back to
// the system when its last record goes. So a table that was withdrawn leaves nothing behind, and no
// record costs malloc's header. Used by AttributeStore.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pipit::rib {

class RecordBlocks {
 public:
  RecordBlocks() = default;
  RecordBlocks(const RecordBlocks&) = delete;
  RecordBlocks& operator=(const RecordBlocks&) = delete;
  /// Every record must have been freed.
  ~RecordBlocks();

  /// Memory for a record of `octets`, aligned to 16. Throws std::bad_alloc.
  void* allocate(std::size_t octets);
  /// `octets` as it was allocated with.
  void free(void* record, std::size_t octets);

  /// Octets held, without pages that no record came to.
  std::size_t memory() const;

 private:
  static constexpr std::size_t kBlock = std::size_t{256} * 1024;
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kLargest = 1024;  // longer records come from operator new

  /// At the head of each block, which stands at a multiple of its size.
  struct Block {
    Block* next;      // in the list of blocks with room
    Block* previous;  // likewise
    std::uint32_t used;
    std::uint32_t fresh;       // offset of the first record that was never given out
    std::uint32_t first_free;  // offset; 0: none. Stands in the free record's first octets
    bool listed;
  };

  static std::size_t class_of(std::size_t octets) { return (octets + kStep - 1) / kStep; }

  Block* new_block(std::size_t number);
  void list(std::size_t number, Block* block);
  void unlist(std::size_t number, Block* block);

  std::array<Block*, kLargest / kStep + 1> with_room_{};  // first block, by class
  std::size_t blocks_ = 0;
  std::size_t large_ = 0;  // octets
};

}  // namespace pipit::rib

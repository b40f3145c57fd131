#include "daemon/table_record.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/catch.hpp"

using pipit::daemon::TableRecord;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "pipit-record-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  ~Folder() { fs::remove_all(path_); }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const char* name = "pipit.sock.tables") const { return path_ / name; }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

void put(const std::string& file, const char* text) {
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("TableRecord: what one run noted the next one reads, for its protocol only") {
  const Folder folder;
  TableRecord before;
  before.move_to(folder.file());
  CHECK(before.read(186).empty());
  before.write(186, {254, 100, 4294967295});
  TableRecord after;
  after.move_to(folder.file());
  CHECK(after.read(186) == std::set<std::uint32_t>{100, 254, 4294967295});
  CHECK(after.read(99).empty());
  CHECK(folder.files() == 1);
  after.move_to(folder.file("other"));
  CHECK(folder.files() == 0);
  after.write(186, {7});
  after.write(186, {});
  CHECK(folder.files() == 0);
}

TEST_CASE("TableRecord: a file that makes no sense names no table that it should not") {
  const Folder folder;
  TableRecord record;
  record.move_to(folder.file());
  for (const char* text :
       {"", "rubbish", "protocol\n", "protocol 186x\ntable 5", "table 5\n",
        "protocol 442\ntable 5\n", "protocol 186\ntable x\ntable 5\n", "protocol 186\nroute 5\n",
        "protocol 186\ntable 255\ntable 0\n", "protocol 186\ntable 99999999999\n"}) {
    CAPTURE(text);
    put(folder.file(), text);
    CHECK(record.read(186).empty());
  }
  put(folder.file(), "protocol 186\ntable 5\ntab");
  CHECK(record.read(186) == std::set<std::uint32_t>{5});
}

TEST_CASE("TableRecord: a folder that is not there harms nobody") {
  const Folder folder;
  TableRecord record;
  record.move_to(folder.file("no/such/folder"));
  record.write(186, {5});
  CHECK(record.read(186).empty());
  CHECK(folder.files() == 0);
  TableRecord nowhere;
  nowhere.write(186, {5});
  CHECK(nowhere.read(186).empty());
}

# Builds FerretDB. Where that fails (Go is too old, or its modules cannot be had) there is an empty file instead: tests
# that need a server are skipped then.
set(ENV{GOTOOLCHAIN} local)
execute_process(COMMAND ${GO} build -p 2 -trimpath -buildvcs=false -mod=readonly -tags ferretdb_no_postgresql
                        -o ${OUTPUT} .
                RESULT_VARIABLE failed ERROR_VARIABLE why)
if(failed)
  message(WARNING "NOT TESTED: MongoDB. FerretDB cannot be built:\n${why}")
  file(REMOVE ${OUTPUT})
  file(TOUCH ${OUTPUT})
endif()

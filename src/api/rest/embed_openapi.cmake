# Writes OUTPUT, a C++ source file that defines cartd::rest::openapi_text as the text of INPUT.
file(READ ${INPUT} text)
set(name "cartd::rest::openapi_text")
file(WRITE ${OUTPUT} "#include \"api/rest/openapi.h\"\n\n"
                     "const std::string_view ${name} = R\"=openapi=(${text})=openapi=\";\n")

/** Fuzz tests of parsers and routers with Jazzer; every build runs them on known inputs. */
@NullMarked
package org.jmoe.app.fuzz;

import org.jspecify.annotations.NullMarked;

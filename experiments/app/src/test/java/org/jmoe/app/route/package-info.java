/** Compares routers with reference values of the original implementations. */
@NullMarked
package org.jmoe.app.route;

import org.jspecify.annotations.NullMarked;

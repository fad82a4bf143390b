/** Runs routers on values from a file, to check ports of models from other frameworks. */
@NullMarked
package org.jmoe.app.route;

import org.jspecify.annotations.NullMarked;

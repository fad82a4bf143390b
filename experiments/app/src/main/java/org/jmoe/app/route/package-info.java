/** Routing rules run on numbers from a file, for whoever ports a model from another language. */
@NullMarked
package org.jmoe.app.route;

import org.jspecify.annotations.NullMarked;
